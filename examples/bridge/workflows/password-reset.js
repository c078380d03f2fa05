/** Sends the link for setting a new password. */
import { SeverityLevelEnum, workflow } from '@novu/framework';
import { z } from 'zod';
import { emailPage } from '../email-page.js';

export const passwordReset = workflow(
  'password-reset',
  async ({ step, payload }) => {
    await step.email(
      'reset-link',
      async ({ subject, senderName }) => ({
        subject,
        from: { email: 'security@fernhill.example', name: senderName },
        body: emailPage('Set a new password', [`The link is valid for ${payload.validMinutes} minutes.`], {
          label: 'Set a new password',
          url: payload.resetUrl,
        }),
      }),
      {
        controlSchema: z.object({
          subject: z.string().default('Set a new password for Fernhill Books'),
          senderName: z.string().default('Fernhill Books Security'),
        }),
        // The sanitizer would change the query of the signed link.
        disableOutputSanitization: true,
      },
    );
  },
  {
    name: 'Password reset',
    description: 'Asked for by the customer on the sign-in page.',
    tags: ['security', 'transactional'],
    severity: SeverityLevelEnum.HIGH,
    // Only by email. It is read-only, so that nobody can lock themselves out.
    preferences: {
      all: { enabled: false, readOnly: true },
      channels: { email: { enabled: true } },
    },
    payloadSchema: z.object({
      resetUrl: z.string().url(),
      validMinutes: z.number().int().positive().default(30),
    }),
  },
);
