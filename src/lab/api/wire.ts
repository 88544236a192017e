import { images, locations, serverTypes } from './catalogue.ts';
import { renderImage } from './catalogue-view.ts';
import type { Labels } from './model.ts';

/** JSON of resources in the provider's API; the lab and the simulated provider of the tests supply the values. */
export interface ServerFacts {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly created: string;
  readonly ipv4: { readonly ip: string; readonly dns_ptr: string } | null;
  readonly firewalls: readonly { readonly id: number; readonly status: 'applied' | 'pending' }[];
  readonly serverType: string;
  /** The type as rendered by {@link renderServerType}. */
  readonly renderedType: object | null;
  readonly location: string;
  readonly image: string;
  readonly isLocked: boolean;
  readonly isProtected: boolean;
  readonly labels: Labels;
}

export interface ActionFacts {
  readonly id: number;
  readonly command: string;
  readonly status: 'running' | 'success' | 'error';
  readonly started: string;
  readonly finished: string | null;
  readonly resources: readonly object[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface SshKeyFacts {
  readonly id: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly labels: Labels;
  readonly created: string;
}

export interface FirewallFacts {
  readonly id: number;
  readonly name: string;
  readonly labels: Labels;
  readonly created: string;
  readonly rules: readonly object[];
}

const typeByName = new Map(serverTypes.map((type) => [type.name, type]));
const placeByName = new Map(locations.map((location) => [location.name, location]));
const imageByName = new Map(
  images.map((image) => [`${image.name} ${image.architecture}`, renderImage(image)]),
);

export function renderServerFacts(facts: ServerFacts): object {
  const { id, name, status, created, ipv4, isProtected, labels } = facts;
  const type = typeByName.get(facts.serverType);
  return {
    id,
    name,
    status,
    created,
    public_net: {
      ipv4: ipv4 === null ? null : { id, blocked: false, ...ipv4 },
      ipv6: null,
      floating_ips: [],
      firewalls: facts.firewalls,
    },
    private_net: [],
    server_type: facts.renderedType,
    location: placeByName.get(facts.location) ?? null,
    image: imageByName.get(`${facts.image} ${type?.architecture}`) ?? null,
    iso: null,
    rescue_enabled: false,
    locked: facts.isLocked,
    backup_window: null,
    outgoing_traffic: null,
    ingoing_traffic: null,
    included_traffic: null,
    protection: { delete: isProtected, rebuild: isProtected },
    labels,
    volumes: [],
    load_balancers: [],
    primary_disk_size: type?.diskGib ?? 0,
    placement_group: null,
  };
}

/** `estimate` is the progress of a running action, in percent. */
export function renderActionFacts(action: ActionFacts, estimate: number): object {
  const { id, command, status, started, finished, resources, error } = action;
  const progress = status === 'running' ? estimate : 100;
  return { id, command, status, started, finished, progress, resources, error };
}

export function renderSshKey({ id, name, fingerprint, publicKey, labels, created }: SshKeyFacts): object {
  return { id, name, fingerprint, public_key: publicKey, labels, created };
}

export function renderFirewallFacts(firewall: FirewallFacts, appliedTo: readonly object[]): object {
  const { id, name, labels, created, rules } = firewall;
  return { id, name, labels, created, rules, applied_to: appliedTo };
}
