/** Every view of the console beside the overview. */
import type { Listed } from './view.js';

export const VIEWS: readonly Listed[] = [];
