/** Has its bug behind three branches of one byte each: without coverage it would take sixteen million inputs. */
export function parsePlanted(text: string): number {
  if (text.charCodeAt(0) !== 0x42) return 0;
  if (text.charCodeAt(1) !== 0x55) return 1;
  if (text.charCodeAt(2) !== 0x47) return 2;
  throw new TypeError('the planted mistake');
}
