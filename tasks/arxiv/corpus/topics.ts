import type { Topic } from './lexicon.ts';
import { ai } from './topics/ai.ts';
import { cl } from './topics/cl.ts';
import { cr } from './topics/cr.ts';
import { cv } from './topics/cv.ts';
import { db } from './topics/db.ts';
import { dc } from './topics/dc.ts';
import { lg } from './topics/lg.ts';
import { ne } from './topics/ne.ts';
import { ro } from './topics/ro.ts';
import { se } from './topics/se.ts';

export const TOPICS: readonly Topic[] = [ai, cl, cr, cv, db, dc, lg, ne, ro, se];
