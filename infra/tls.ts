/** Error codes of Node and OpenSSL for certificates. */
const CERTIFICATE =
  /^(CERT_|CRL_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/** Whether the `code` of an error says that the certificate of the peer cannot be verified. */
export const isUntrusted = (code: string): boolean => CERTIFICATE.test(code);

/** Whether it says that the TLS handshake failed otherwise: no TLS, another version, a refused client certificate. */
export const isNotTls = (code: string): boolean => NO_TLS.test(code);
