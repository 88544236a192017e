/** A text of a catalogue in Markdown: what could be HTML or emphasis is escaped by a backslash, which {@link plainText} takes away. */
export function markdownText(text: string): string {
  return text.replaceAll(/[\\<*[\]]/g, '\\$&');
}

export function plainText(markdown: string): string {
  return markdown.replaceAll(/\\([\\<*[\]])/g, '$1');
}
