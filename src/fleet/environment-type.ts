export type EnvironmentType = 'production' | 'staging' | 'development';
