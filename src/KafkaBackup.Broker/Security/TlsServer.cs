using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace KafkaBackup.Broker.Security;

/// <summary>Takes clients in over TLS.</summary>
internal sealed class TlsServer
{
    private readonly SslServerAuthenticationOptions _options;

    public TlsServer(TlsOptions tls) => _options = new SslServerAuthenticationOptions
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(tls.Certificate, tls.Chain, offline: true),
        ClientCertificateRequired = tls.ClientCertificates != ClientCertificates.None,
        CertificateChainPolicy = Policy(tls.ClientAuthorities),
        RemoteCertificateValidationCallback = (_, _, _, wrong) =>
            wrong == SslPolicyErrors.None || (wrong == SslPolicyErrors.RemoteCertificateNotAvailable && tls.ClientCertificates != ClientCertificates.Required),
    };

    /// <summary>The stream to speak over, and the principal of the client's certificate: its subject, or nobody.</summary>
    public async Task<(Stream Stream, string Principal)> AuthenticateAsync(Stream plain, CancellationToken cancellation)
    {
        var tls = new SslStream(plain);
        try
        {
            await tls.AuthenticateAsServerAsync(_options, cancellation).ConfigureAwait(false);
            var subject = (tls.RemoteCertificate as X509Certificate2)?.Subject.Replace(", ", ",", StringComparison.Ordinal);
            return (tls, subject is null ? Principals.Anonymous : Principals.User(subject));
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
