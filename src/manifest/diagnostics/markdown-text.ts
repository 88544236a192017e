/** A text of a catalogue in Markdown: possible HTML and emphasis are escaped by a backslash, which {@link plainText} removes. */
export function markdownText(text: string): string {
  return text.replaceAll(/[\\<*[\]]/g, '\\$&');
}

export function plainText(markdown: string): string {
  return markdown.replaceAll(/\\([\\<*[\]])/g, '$1');
}
