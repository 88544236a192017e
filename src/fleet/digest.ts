import { hash } from 'node:crypto';
import type { Digest } from './brand.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with sorted keys and no spaces, so that equal values have equal texts. Omits `undefined` members and, at any depth, members named
 * `leaveOut`. Optimised for speed: it runs for every environment in every pass.
 */
export function canonicalJson(value: unknown, leaveOut?: string): string {
  if (typeof value === 'string') return textJson(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value)
      text += text === '' ? canonicalJson(item, leaveOut) : `,${canonicalJson(item, leaveOut)}`;
    return `[${text}]`;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined || key === leaveOut) continue;
    text += `${text === '' ? '' : ','}${textJson(key)}:${canonicalJson(member, leaveOut)}`;
  }
  return `{${text}}`;
}

/** Printable ASCII without quotes and backslashes needs no escaping; this test is faster than JSON.stringify. */
const plainText = /^[ !#-[\]-~]*$/;

function textJson(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function sha256Hex(text: string | Uint8Array): string {
  return hash('sha256', text, 'hex');
}

export function digestOf(value: unknown, leaveOut?: string): Digest {
  return `sha256:${sha256Hex(canonicalJson(value, leaveOut))}` as Digest;
}
