/** Greets a new customer, and recommends the book finder two days later. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { emailPage } from '../email-page.js';

/** @param {{ subject: string }} defaults The email's subject until somebody edits it in Novu's dashboard. */
export const welcome = (defaults) =>
  workflow(
    'welcome',
    async ({ step, payload }) => {
      await step.email(
        'greeting',
        async (controls) => ({
          subject: controls.subject,
          body: emailPage(
            controls.subject,
            [controls.intro, controls.showVoucher ? `Your voucher: ${payload.voucherCode}` : ''].filter(Boolean),
            { label: 'Find a book', url: payload.shopUrl },
          ),
        }),
        {
          // Colleagues without access to this code can edit the controls of each step in the dashboard.
          controlSchema: z.object({
            subject: z.string().min(1).default(defaults.subject),
            intro: z.string().default('Every order ships within one working day.'),
            showVoucher: z.boolean().default(true),
          }),
        },
      );

      await step.delay('two-days', async ({ amount, unit }) => ({ type: 'regular', amount, unit }), {
        controlSchema: z.object({
          amount: z.number().int().positive().default(2),
          unit: z.enum(['hours', 'days']).default('days'),
        }),
      });

      await step.inApp('book-finder', async () => ({
        subject: 'Not sure what to read next?',
        body: 'Three questions, and our book finder has a suggestion.',
        redirect: { url: '/book-finder' },
      }));
    },
    {
      name: 'Welcome',
      description: 'Greets a customer who has opened an account.',
      tags: ['onboarding'],
      severity: SeverityLevelEnum.NONE,
      payloadSchema: z.object({
        shopUrl: z.string().url().default('https://fernhill.example'),
        voucherCode: z.string().default('HELLO5'),
      }),
    },
  );
