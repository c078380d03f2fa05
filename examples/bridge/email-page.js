/** The layout of all emails of the shop. */

/** @param {string} text */
const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * @param {string} heading
 * @param {string[]} paragraphs Plain text.
 * @param {{ label: string, url: string }} [button]
 * @returns {string} HTML
 */
export function emailPage(heading, paragraphs, button) {
  const link = button ? `<p><a href="${escape(button.url)}">${escape(button.label)}</a></p>` : '';
  const text = paragraphs.map((paragraph) => `<p>${escape(paragraph)}</p>`).join('');
  return `<main><h1>${escape(heading)}</h1>${text}${link}<p>Fernhill Books</p></main>`;
}
