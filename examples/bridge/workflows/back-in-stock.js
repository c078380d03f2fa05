/** Collects the books of a wish list that are back in stock, and lists them in one message. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { book } from '../schemas.js';

export const backInStock = workflow(
  'back-in-stock',
  async ({ step }) => {
    const collected = await step.digest('collect', async ({ amount, unit }) => ({ amount, unit }), {
      controlSchema: z.object({
        amount: z.number().int().positive().default(4),
        unit: z.enum(['minutes', 'hours', 'days']).default('hours'),
      }),
    });
    // Call this only inside a step: during discover, no step has a result. In a preview of the dashboard, the events are
    // examples and may have no title.
    const titles = () => collected.events.map(({ payload }) => String(payload.title ?? 'A book on your wish list'));

    await step.inApp('wish-list', async ({ subject }) => ({ subject, body: titles().join(', ') }), {
      controlSchema: z.object({ subject: z.string().default('Back on our shelves') }),
      skip: () => collected.events.length === 0,
    });

    await step.push('push', async () => ({
      subject: 'Back on our shelves',
      body: `${titles().length} of your wishes`,
    }));
  },
  {
    name: 'Back in stock',
    description: 'For customers with a wish list, at most once every few hours.',
    tags: ['marketing', 'wish-list'],
    severity: SeverityLevelEnum.LOW,
    preferences: { all: { enabled: true }, channels: { push: { enabled: false } } },
    payloadSchema: book,
  },
);
