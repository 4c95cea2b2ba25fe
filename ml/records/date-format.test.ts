import { expect, test } from 'vitest';
import { readingsOf } from './date-format.ts';

test.each([
  ['31.12.2024', { 'DD.MM.YYYY': '2024-12-31' }],
  ['1.2.2024', { 'DD.MM.YYYY': '2024-02-01', 'MM.DD.YYYY': '2024-01-02' }],
  ['12/31/2024', { 'MM/DD/YYYY': '2024-12-31' }],
  ['2024/1/5', { 'YYYY/MM/DD': '2024-01-05' }],
  ['29-02-2024', { 'DD-MM-YYYY': '2024-02-29' }],
  ['31.12.2024 14:05', { 'DD.MM.YYYY': '2024-12-31T14:05:00' }],
  ['31.12.2024, 4:05:30.5', { 'DD.MM.YYYY': '2024-12-31T04:05:30.5' }],
  ['12/31/2024 12:30 AM', { 'MM/DD/YYYY': '2024-12-31T00:30:00' }],
  ['12/31/2024 12:30 pm', { 'MM/DD/YYYY': '2024-12-31T12:30:00' }],
  ['31.12.2024T14:05:00+01:00', { 'DD.MM.YYYY': '2024-12-31T14:05:00+01:00' }],
])('%s is read', (text, readings) => {
  expect(Object.fromEntries(readingsOf(text))).toEqual(readings);
});

test.each([
  '29.02.2023',
  '13.13.2024',
  '31.12.24',
  '31.12/2024',
  '1.2.3',
  '192.168.1.1',
  '31.12.2024 24:00',
  '12/31/2024 13:00 PM',
  '31.12.2024 soon',
  '31 Dec 2024',
])('%s is no such date', (text) => {
  expect(readingsOf(text).size).toBe(0);
});
