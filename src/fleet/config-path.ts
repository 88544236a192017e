/** Path of the file that configures the fleet. */
export const configPath = 'pressluft.yaml';
