// The package has types for its root only.
declare module 'eld/extrasmall' {
  export { eld } from 'eld';
}
