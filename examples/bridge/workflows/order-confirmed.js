/** Confirms an order, with the loyalty points that it earned. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { emailPage } from '../email-page.js';
import { book, order } from '../schemas.js';

export const orderConfirmed = workflow(
  'order-confirmed',
  async ({ step, payload }) => {
    // A custom step runs code of the shop. Later steps can use its result.
    const loyalty = await step.custom(
      'loyalty-points',
      async ({ pointsPerUnit }) => ({ points: Math.floor(payload.total) * pointsPerUnit }),
      {
        controlSchema: z.object({ pointsPerUnit: z.number().int().min(0).default(2) }),
        outputSchema: z.object({ points: z.number().int() }),
      },
    );

    await step.email(
      'receipt',
      async ({ subject, thanks }) => ({
        subject,
        body: emailPage(thanks, [
          ...payload.items.map(({ quantity, title }) => `${quantity} × ${title}`),
          `Total: ${payload.total.toFixed(2)} ${payload.currency}`,
          `You earned ${loyalty.points} points.`,
        ]),
      }),
      {
        // Controls may contain Liquid. The bridge renders it with the payload and the subscriber of the event.
        controlSchema: z.object({
          subject: z.string().default('Your order {{payload.orderNumber}}'),
          thanks: z.string().default('Thank you, {{subscriber.firstName}}'),
        }),
      },
    );

    await step.inApp('confirmation', async () => ({
      subject: `Order ${payload.orderNumber} confirmed`,
      body: `We are packing it. It earned you ${loyalty.points} points.`,
      primaryAction: { label: 'See the order', redirect: { url: `/orders/${payload.orderNumber}` } },
    }));
  },
  {
    name: 'Order confirmed',
    description: 'Receipt for a paid order.',
    tags: ['orders', 'transactional'],
    severity: SeverityLevelEnum.LOW,
    // Customers must receive a receipt, so nobody can turn it off.
    preferences: { all: { enabled: true, readOnly: true } },
    payloadSchema: order.extend({
      items: z.array(book.extend({ quantity: z.number().int().positive() })).min(1),
    }),
  },
);
