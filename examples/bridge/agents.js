/** The agents of the application. They reply to customers who write to the shop. */
import { agent } from '@novu/framework';

export const bookFinder = agent('book-finder', {
  onMessage: async () => 'Tell us the last book you liked, and we look for one like it.',
});
