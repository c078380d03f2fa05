/** Payload parts that several workflows share. */
import { z } from 'zod';

/** The payload of every notification about an order. */
export const order = z.object({
  orderNumber: z.string().describe('As printed on the invoice, e.g. FB-1042'),
  total: z.number().nonnegative(),
  currency: z.enum(['EUR', 'GBP', 'USD']).default('EUR'),
});

export const book = z.object({
  title: z.string(),
  author: z.string(),
  isbn: z.string().regex(/^97[89]\d{10}$/),
});
