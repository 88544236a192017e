import { isAddress } from '../checks/network-rules.ts';

export interface DomainHint {
  readonly message: string;
  readonly suggestion?: string;
}

/** Why a text is not a domain, for the common mistakes. */
export function domainHint(text: string): DomainHint | undefined {
  if (text.length > 300) return undefined;
  if (text.includes('*')) return { message: 'wildcard domains are not supported' };
  if (isAddress(text)) return { message: 'an address is not a domain' };
  if (/^[a-z]+:\/\//i.test(text) && URL.canParse(text)) {
    return { message: 'a domain has no scheme', suggestion: new URL(text).hostname };
  }
  if (text.endsWith('.')) return { message: 'a domain has no dot at its end', suggestion: text.slice(0, -1) };
  const ascii = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).host : text;
  if (ascii === text || !ascii.includes('.')) return undefined;
  return { message: 'the domain is not in its ASCII form in lower case', suggestion: ascii };
}
