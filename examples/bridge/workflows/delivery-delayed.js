/** Tells the customer about a delay as soon as the carrier reports it. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { order } from '../schemas.js';

export const deliveryDelayed = workflow(
  'delivery-delayed',
  async ({ step, payload }) => {
    const inbox = await step.inApp(
      'notice',
      async ({ apology }) => ({
        subject: `Order ${payload.orderNumber} is late`,
        body: `${apology} New date: ${payload.newDate}.`,
        data: { orderNumber: payload.orderNumber },
      }),
      { controlSchema: z.object({ apology: z.string().default('We are sorry to keep you waiting.') }) },
    );

    await step.delay('time-to-read', async ({ minutes }) => ({ type: 'regular', amount: minutes, unit: 'minutes' }), {
      controlSchema: z.object({ minutes: z.number().int().min(1).max(120).default(15) }),
    });

    await step.push(
      'push',
      async () => ({ subject: 'Your parcel is late', body: `It will arrive on ${payload.newDate}.` }),
      // A customer who has read the notice in the inbox needs no push message.
      { skip: () => inbox.read },
    );
  },
  {
    name: 'Delivery delayed',
    description: 'A new delivery date, as soon as the carrier names one.',
    tags: ['orders'],
    severity: SeverityLevelEnum.HIGH,
    preferences: { channels: { email: { enabled: false } } },
    payloadSchema: order.extend({ newDate: z.string().date() }),
  },
);
