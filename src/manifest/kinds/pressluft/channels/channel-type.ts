/** What is known about a type of notification channel without sending anything. */
export interface ChannelType {
  /** Base URL of its public server; null where a manifest must name one. */
  readonly defaultUrl: string | null;
  /** Fields of the manifest, besides those of every channel, that say where on the server a message goes. */
  readonly address: readonly string[];
}
