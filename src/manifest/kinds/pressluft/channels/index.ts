import type { ChannelType } from './channel-type.ts';
import { ntfy } from './ntfy.ts';

/** Every `type` of a notification; the schema lists the same (test/manifest/channel-types.test.ts). */
export const channelTypes = { ntfy } as const satisfies Readonly<Record<string, ChannelType>>;

export type ChannelTypeName = keyof typeof channelTypes;
