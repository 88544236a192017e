const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The four numbers of an IPv4 address; undefined for anything else, also for leading zeros. */
function ipv4Parts(text: string): readonly number[] | undefined {
  const parts = ipv4.exec(text)?.slice(1) ?? [];
  if (parts.length !== 4 || parts.some((part) => String(Number(part)) !== part || Number(part) > 255))
    return undefined;
  return parts.map(Number);
}

function isIpv6(text: string): boolean {
  return /^[0-9A-Fa-f:.]{2,45}$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}

export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash === -1) return false;
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return false;
  if (ipv4Parts(address) !== undefined) return Number(length) <= 32;
  return isIpv6(address) && Number(length) <= 128;
}

export function isAddress(text: string): boolean {
  return ipv4Parts(text) !== undefined || isIpv6(text);
}

/** Loopback, private (RFC 1918, RFC 4193) and shared (RFC 6598) addresses. Link-local addresses are excluded, because cloud metadata services use them. */
export function isPrivateHost(host: string): boolean {
  if (host === 'localhost' || host === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(host)) return true;
  const [a = -1, b = -1] = ipv4Parts(host) ?? [];
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}
