/** `git`: a difference is planned and put back. `site`: set once at installation; later differences are shown and left alone. */
export type SettingOwner = 'git' | 'site';

/** Settings that can also be changed in wp-admin, and who has the last word about each (`spec.wordpress.manage`). */
export interface SettingOwners {
  /** Which plugins are active. */
  readonly plugins: SettingOwner;
  /** Which theme is active. */
  readonly theme: SettingOwner;
  readonly title: SettingOwner;
  readonly adminEmail: SettingOwner;
  readonly locale: SettingOwner;
}

/** Code and its activation come from Git; title and address are content of the site. */
export const defaultOwners: SettingOwners = {
  plugins: 'git',
  theme: 'git',
  title: 'site',
  adminEmail: 'site',
  locale: 'git',
};
