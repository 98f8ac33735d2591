using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Kafka.Security;

/// <summary>Reads certificates and keys where librdkafka's properties say.</summary>
internal static class CertificateFiles
{
    /// <summary>The trusted authorities; null: those of the machine.</summary>
    public static X509Certificate2Collection? Authorities(PropertyReader properties, string location, string pem)
    {
        if (Pem(properties, location, pem) is not { } text)
            return null;
        var found = new X509Certificate2Collection();
        Read(location, () => found.ImportFromPem(text));
        return found.Count > 0 ? found : throw new ClusterConfigurationException($"{location} holds no certificate");
    }

    /// <summary>The client's own certificate with its key and its chain; null: none.</summary>
    public static SslStreamCertificateContext? Identity(PropertyReader properties)
    {
        if (properties.Text("ssl.keystore.location") is { } store)
            return Read("ssl.keystore.location", () => FromStore(File.ReadAllBytes(store), properties.Text("ssl.keystore.password")));
        if (Pem(properties, "ssl.certificate.location", "ssl.certificate.pem") is not { } certificate)
        {
            return properties.Has("ssl.key.location") || properties.Has("ssl.key.pem")
                ? throw new ClusterConfigurationException("ssl.key.location is given without ssl.certificate.location")
                : null;
        }

        var key = Pem(properties, "ssl.key.location", "ssl.key.pem")
            ?? throw new ClusterConfigurationException("ssl.certificate.location is given without ssl.key.location");
        return Read("ssl.certificate.location and ssl.key.location", () =>
        {
            using var own = properties.Text("ssl.key.password") is { } password
                ? X509Certificate2.CreateFromEncryptedPem(certificate, key, password)
                : X509Certificate2.CreateFromPem(certificate, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);
            return Context(own, chain);
        });
    }

    private static SslStreamCertificateContext FromStore(byte[] store, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(store, password, X509KeyStorageFlags.EphemeralKeySet);
        var own = all.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("it holds no private key");
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    private static SslStreamCertificateContext Context(X509Certificate2 own, X509Certificate2Collection chain)
    {
        // A copy through PKCS#12 has its key where every platform's TLS finds it.
        var usable = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(usable, chain, offline: true);
    }

    private static string? Pem(PropertyReader properties, string location, string pem) =>
        properties.Text(location) is { } path ? Read(location, () => File.ReadAllText(path)) : properties.Text(pem);

    private static void Read(string property, Action read) => Read(property, () =>
    {
        read();
        return true;
    });

    private static T Read<T>(string property, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // The cause's own text may quote what it could not read.
            var reason = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e is UnauthorizedAccessException ? "access is denied" : "it does not hold what it should, or the password is wrong";
            throw new ClusterConfigurationException($"the Kafka property {property} can't be used: {reason}");
        }
    }
}
