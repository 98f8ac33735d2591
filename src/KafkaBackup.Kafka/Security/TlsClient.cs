using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>The client's side of TLS: whom it trusts, and who it is.</summary>
internal sealed class TlsClient(X509Certificate2Collection? authorities, SslStreamCertificateContext? identity, bool verifies, bool verifiesHost)
{
    /// <summary>Whether it has a certificate to show.</summary>
    public bool HasIdentity => identity is not null;

    public static TlsClient Read(PropertyReader properties)
    {
        var algorithm = properties.Text("ssl.endpoint.identification.algorithm", "https");
        if (algorithm is not ("https" or "none"))
            throw new ClusterConfigurationException($"ssl.endpoint.identification.algorithm is https or none, not '{algorithm}'");
        return new TlsClient(
            CertificateFiles.Authorities(properties, "ssl.ca.location", "ssl.ca.pem"),
            CertificateFiles.Identity(properties),
            properties.Flag("enable.ssl.certificate.verification", true),
            algorithm == "https");
    }

    /// <summary>Puts TLS on a connection.</summary>
    /// <exception cref="BrokerAuthenticationException">The broker's certificate is not trusted, or it does not trust ours.</exception>
    /// <exception cref="IOException">The handshake broke off.</exception>
    public async Task<Stream> SecureAsync(BrokerAddress broker, Stream plain, CancellationToken cancellation)
    {
        string? distrust = null;
        var tls = new SslStream(plain);
        try
        {
            var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
            if (authorities is not null)
            {
                policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                policy.CustomTrustStore.AddRange(authorities);
            }

            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = broker.Host,
                    ClientCertificateContext = identity,
                    CertificateChainPolicy = policy,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (distrust = Distrust(broker, certificate, chain, errors)) is null,
                },
                cancellation);
            return tls;
        }
        catch (AuthenticationException e)
        {
            await tls.DisposeAsync();
            throw new BrokerAuthenticationException(
                broker, distrust ?? $"the TLS handshake failed ({(e.InnerException ?? e).Message}): does the listener there speak TLS, and does it know the client certificate?", e);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private string? Distrust(BrokerAddress broker, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!verifies)
            return null;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is not X509Certificate2 its)
            return "it shows no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return $"its certificate ({its.Subject}, valid {its.NotBefore.ToUniversalTime():yyyy-MM-dd} to {its.NotAfter.ToUniversalTime():yyyy-MM-dd}) is not trusted: {Chain(chain)}";
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && verifiesHost
            ? $"its certificate ({its.Subject}) is not for {broker.Host}: connect by a name that it holds, or set ssl.endpoint.identification.algorithm=none"
            : null;
    }

    private string Chain(X509Chain? chain)
    {
        var status = chain?.ChainStatus.Select(s => s.Status).Distinct().ToList() ?? [];
        return status.Contains(X509ChainStatusFlags.NotTimeValid) ? "it is not valid at this time"
            : status.Contains(X509ChainStatusFlags.UntrustedRoot) || status.Contains(X509ChainStatusFlags.PartialChain)
                ? $"no authority of {(authorities is null ? "this machine" : "ssl.ca.location")} has signed it"
            : string.Join(", ", status);
    }
}
