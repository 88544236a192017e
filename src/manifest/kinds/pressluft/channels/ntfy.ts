import type { ChannelType } from './channel-type.ts';

/** Topics of an ntfy server: https://docs.ntfy.sh/publish/ */
export const ntfy = { defaultUrl: 'https://ntfy.sh', address: ['topic'] } as const satisfies ChannelType;
