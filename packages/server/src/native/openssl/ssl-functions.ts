import { ffi, pointerOf, self } from '../ffi.js';

/** The SSL and BIO functions of OpenSSL used for DTLS, declared once. Pointers are numbers. */
export type SslFunctions = ReturnType<typeof declare>;

/** Declares the functions on first use. Throws when the FFI or one of the symbols is missing. */
export function sslFunctions(): SslFunctions {
  return (declared ??= declare());
}

/** Results of SSL_get_error. */
export const SslError = { none: 0, ssl: 1, wantRead: 2, wantWrite: 3, syscall: 5, zeroReturn: 6 } as const;

let declared: SslFunctions | undefined;

type Pointer = bigint | null;

function declare() {
  return { ...contextFunctions(), ...sessionFunctions(), ...certificateFunctions(), ...callbacks() };
}

function contextFunctions() {
  const library = self();
  return {
    serverMethod: pointerOf(library.func<() => Pointer>('void* DTLS_server_method()')()),
    clientMethod: pointerOf(library.func<() => Pointer>('void* DTLS_client_method()')()),
    contextNew: library.func<(method: number) => Pointer>('void* SSL_CTX_new(void*)'),
    contextFree: library.func<(context: number) => void>('void SSL_CTX_free(void*)'),
    contextControl: library.func<
      (context: number, command: number, value: number, pointer: number) => number
    >('long SSL_CTX_ctrl(void*, int, long, void*)'),
    contextOptions: library.func<(context: number, options: number) => number>(
      'uint64_t SSL_CTX_set_options(void*, uint64_t)',
    ),
    contextCiphers: library.func<(context: number, list: string) => number>(
      'int SSL_CTX_set_cipher_list(void*, str)',
    ),
    contextGroups: library.func<(context: number, command: number, value: number, list: string) => number>(
      'long SSL_CTX_ctrl(void*, int, long, str)',
    ),
    contextSrtp: library.func<(context: number, profiles: string) => number>(
      'int SSL_CTX_set_tlsext_use_srtp(void*, str)',
    ),
    contextVerify: library.func<(context: number, mode: number, callback: number) => void>(
      'void SSL_CTX_set_verify(void*, int, void*)',
    ),
    contextCookieVerify: library.func<(context: number, callback: number) => void>(
      'void SSL_CTX_set_cookie_verify_cb(void*, void*)',
    ),
    contextCertificate: library.func<(context: number, bytes: number, der: number) => number>(
      'int SSL_CTX_use_certificate_ASN1(void*, int, void*)',
    ),
    contextPrivateKey: library.func<(context: number, key: number) => number>(
      'int SSL_CTX_use_PrivateKey(void*, void*)',
    ),
    contextCheckKey: library.func<(context: number) => number>('int SSL_CTX_check_private_key(void*)'),
  };
}

function sessionFunctions() {
  const library = self();
  return {
    sslNew: library.func<(context: number) => Pointer>('void* SSL_new(void*)'),
    sslFree: library.func<(ssl: number) => void>('void SSL_free(void*)'),
    sslSetBio: library.func<(ssl: number, input: number, output: number) => void>(
      'void SSL_set_bio(void*, void*, void*)',
    ),
    sslAcceptState: library.func<(ssl: number) => void>('void SSL_set_accept_state(void*)'),
    sslConnectState: library.func<(ssl: number) => void>('void SSL_set_connect_state(void*)'),
    sslControl: library.func<(ssl: number, command: number, value: number, pointer: number) => number>(
      'long SSL_ctrl(void*, int, long, void*)',
    ),
    sslTimer: library.func<(ssl: number, callback: number) => void>('void DTLS_set_timer_cb(void*, void*)'),
    sslListen: library.func<(ssl: number, address: number) => number>('int DTLSv1_listen(void*, void*)'),
    sslHandshake: library.func<(ssl: number) => number>('int SSL_do_handshake(void*)'),
    sslError: library.func<(ssl: number, result: number) => number>('int SSL_get_error(void*, int)'),
    sslRead: library.func<(ssl: number, into: number, bytes: number) => number>(
      'int SSL_read(void*, void*, int)',
    ),
    sslWrite: library.func<(ssl: number, from: number, bytes: number) => number>(
      'int SSL_write(void*, void*, int)',
    ),
    sslShutdown: library.func<(ssl: number) => number>('int SSL_shutdown(void*)'),
    sslExport: library.func<
      (
        ssl: number,
        out: number,
        bytes: number,
        label: string,
        labelBytes: number,
        context: number,
        contextBytes: number,
        useContext: number,
      ) => number
    >('int SSL_export_keying_material(void*, void*, size_t, str, size_t, void*, size_t, int)'),
    sslSrtpProfile: library.func<(ssl: number) => Pointer>('void* SSL_get_selected_srtp_profile(void*)'),
    sslVersion: library.func<(ssl: number) => string>('str SSL_get_version(void*)'),
    sslCipher: library.func<(ssl: number) => Pointer>('void* SSL_get_current_cipher(void*)'),
    cipherName: library.func<(cipher: number) => string>('str SSL_CIPHER_get_name(void*)'),
    bioMemory: pointerOf(library.func<() => Pointer>('void* BIO_s_mem()')()),
    bioNew: library.func<(method: number) => Pointer>('void* BIO_new(void*)'),
    bioWrite: library.func<(bio: number, from: number, bytes: number) => number>(
      'int BIO_write(void*, void*, int)',
    ),
    bioRead: library.func<(bio: number, into: number, bytes: number) => number>(
      'int BIO_read(void*, void*, int)',
    ),
    bioControl: library.func<(bio: number, command: number, value: number, pointer: number) => number>(
      'long BIO_ctrl(void*, int, long, void*)',
    ),
    bioAddress: pointerOf(library.func<() => Pointer>('void* BIO_ADDR_new()')()),
  };
}

function certificateFunctions() {
  const library = self();
  return {
    peerCertificate: library.func<(ssl: number) => Pointer>('void* SSL_get1_peer_certificate(void*)'),
    certificateDigest: library.func<(x509: number, hash: number, out: number, outBytes: number) => number>(
      'int X509_digest(void*, void*, void*, void*)',
    ),
    certificateFree: library.func<(x509: number) => void>('void X509_free(void*)'),
    /** The second argument points at a pointer to the DER bytes. */
    certificateFromDer: library.func<(into: number, der: number, bytes: number) => Pointer>(
      'void* d2i_X509(void*, void*, long)',
    ),
    keyFromDer: library.func<(into: number, der: number, bytes: number) => Pointer>(
      'void* d2i_AutoPrivateKey(void*, void*, long)',
    ),
    keyFree: library.func<(key: number) => void>('void EVP_PKEY_free(void*)'),
    hashByName: library.func<(name: string) => Pointer>('void* EVP_get_digestbyname(str)'),
  };
}

/** Callbacks that are the same for every context; registered once, for the life of the process. */
function callbacks() {
  return {
    // The caller compares fingerprints itself (RFC 8827 section 6.5): any certificate whose key is proven will do.
    acceptAnyCertificate: ffi().register(() => 1, 'int MadangVerifyCertificate(int ok, void* store)'),
    // An SSL object is made only for a hello whose cookie was found right, and sees that hello first.
    acceptVerifiedCookie: ffi().register(
      () => 1,
      'int MadangVerifyCookie(void* ssl, void* cookie, unsigned int bytes)',
    ),
  };
}
