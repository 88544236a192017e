import { systemDefaults } from '../../resolve/system-defaults.ts';
import { phpBytes } from './setting-value.ts';

/** The sizes of a request as manifests give them; those that are absent follow from the others. */
export interface GivenLimits {
  readonly memoryLimit: string;
  readonly upload?: string | undefined;
  readonly post?: string | undefined;
  readonly body?: string | undefined;
}

export interface RequestLimits {
  readonly upload: string;
  readonly post: string;
  readonly body: string;
}

/**
 * Limits of uploads (upload_max_filesize), forms (post_max_size) and requests (client_max_body_size of nginx) that fit together: PHP
 * drops a form beyond post_max_size without an error, https://www.php.net/manual/en/ini.core.php#ini.post-max-size.
 */
export function requestLimits({ memoryLimit, ...given }: GivenLimits): RequestLimits {
  const { uploadSize } = systemDefaults;
  const fitting = smaller(memoryLimit, larger(uploadSize, given.body ?? uploadSize));
  const post = given.post ?? larger(given.upload ?? fitting, fitting);
  return { upload: given.upload ?? smaller(uploadSize, post), post, body: given.body ?? post };
}

/** Whether the first size is larger; false for a size that PHP cannot read, which is reported by itself. */
export function exceeds(size: string, limit: string): boolean {
  return (phpBytes(size) ?? 0) > (phpBytes(limit) ?? Number.POSITIVE_INFINITY);
}

function smaller(a: string, b: string): string {
  return exceeds(a, b) ? b : a;
}

function larger(a: string, b: string): string {
  return exceeds(b, a) ? b : a;
}
