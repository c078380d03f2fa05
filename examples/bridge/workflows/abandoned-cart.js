/** Reminds a customer of a cart that they filled and left. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { emailPage } from '../email-page.js';
import { book } from '../schemas.js';

export const abandonedCart = workflow(
  'abandoned-cart',
  async ({ step, payload }) => {
    await step.delay('patience', async ({ hours }) => ({ type: 'regular', amount: hours, unit: 'hours' }), {
      controlSchema: z.object({ hours: z.number().int().min(1).default(6) }),
    });

    await step.email(
      'reminder',
      async ({ subject, discountPercent }) => ({
        subject,
        body: emailPage(
          subject,
          [
            ...payload.books.map(({ title, author }) => `${title} by ${author}`),
            discountPercent > 0 ? `${discountPercent} % off until tomorrow.` : '',
          ].filter(Boolean),
          { label: 'Back to the basket', url: payload.cartUrl },
        ),
      }),
      {
        controlSchema: z.object({
          subject: z.string().default('Still thinking about it?'),
          discountPercent: z.number().int().min(0).max(30).default(0),
        }),
      },
    );
  },
  {
    name: 'Abandoned cart',
    description: 'One reminder, some hours after the last click.',
    tags: ['marketing'],
    severity: SeverityLevelEnum.NONE,
    preferences: { all: { enabled: true, readOnly: false }, channels: { inApp: { enabled: false } } },
    payloadSchema: z.object({ cartUrl: z.string().url(), books: z.array(book).min(1) }),
  },
);
