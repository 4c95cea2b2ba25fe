/** What Node and OpenSSL call the troubles of a certificate. */
const CERTIFICATE =
  /^(CERT_|CRL_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/** Whether the `code` of a system error says that the certificate of the other side is not to be trusted. */
export const isUntrusted = (code: string): boolean => CERTIFICATE.test(code);

/** Whether it says that TLS is spoken with somebody who does not, or not so. */
export const isNotTls = (code: string): boolean => NO_TLS.test(code);
