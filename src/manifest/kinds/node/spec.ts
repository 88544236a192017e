export interface NodeSpec {
  readonly provider: string;
  readonly serverType?: string;
  readonly location?: string;
  readonly image?: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey?: string;
  readonly php?: { readonly versions?: readonly string[] };
  readonly swap?: string | 0;
  readonly timezone?: string;
  readonly protected?: boolean;
  readonly state?: 'active' | 'suspended';
}
