import { deciderTesting } from '../kernel/testing/deciders.ts';
import { CATALOGUE, type NewEvent } from './catalogue.ts';

export const { recorded, deciderSpec, play } = deciderTesting<NewEvent>(CATALOGUE);
