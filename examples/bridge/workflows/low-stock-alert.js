/** Tells the staff of the shop that a title runs out of stock. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { book } from '../schemas.js';

export const lowStockAlert = workflow(
  'low-stock-alert',
  async ({ step, payload }) => {
    // Every sale of a popular title triggers this workflow.
    await step.throttle(
      'once-per-title',
      async ({ hours }) => ({
        type: 'fixed',
        amount: hours,
        unit: 'hours',
        threshold: 1,
        throttleKey: payload.isbn,
      }),
      {
        controlSchema: z.object({ hours: z.number().int().positive().default(12) }),
      },
    );

    await step.chat(
      'purchasing',
      async ({ mention }) => ({
        body: `${mention} ${payload.title}: ${payload.copiesLeft} left, ${payload.soldThisWeek} sold this week.`,
      }),
      {
        controlSchema: z.object({ mention: z.string().default('@purchasing') }),
      },
    );

    await step.email(
      'out-of-stock',
      async ({ subject }) => ({
        subject,
        body: `Publisher's order code: ${payload.isbn}`,
      }),
      {
        controlSchema: z.object({ subject: z.string().default('Sold out: {{payload.title}}') }),
        skip: () => payload.copiesLeft > 0,
      },
    );
  },
  {
    name: 'Low stock alert',
    description: 'For the purchasing team; customers never see it.',
    tags: ['staff'],
    severity: SeverityLevelEnum.MEDIUM,
    preferences: { all: { enabled: true, readOnly: true } },
    payloadSchema: book.extend({
      copiesLeft: z.number().int().nonnegative(),
      soldThisWeek: z.number().int().nonnegative().default(0),
    }),
  },
);
