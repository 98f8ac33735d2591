using System.Text;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace KafkaBackup.Repository.Tests.Encryption;

/// <summary>Keys and secrets to test with.</summary>
internal static class SomeKeys
{
    /// <summary>Enough for a test, and nothing else.</summary>
    public static readonly Argon2Cost Cheap = new(64, 1, 2);

    public static readonly Guid Repository = Guid.Parse("6f2d8f3e-8a43-4c33-9f53-0c9a9f3f1a11");

    public static RepositorySecret Passphrase(string passphrase) => RepositorySecret.OfPassphrase(passphrase, "the passphrase in the test");

    public static RepositorySecret KeyFile(byte seed) => RepositorySecret.OfKeyFile([.. Enumerable.Repeat(seed, 32)], "the key file test.key");

    public static Keyring Ring(NameVisibility names = NameVisibility.Plain, int keys = 1) => new(
        Repository, names, [.. Enumerable.Range(0, keys).Select(i => new DataKey(new Guid([.. Enumerable.Repeat((byte)(0x40 + i), 16)], bigEndian: true), [.. Enumerable.Repeat((byte)i, 32)]))]);

    public static RepositoryKeys KeysOf(IObjectStore store) => new(store, new FakeTimeProvider(SomeEpochs.Time), null, Cheap);

    public static ProtectedObjectStore Protect(IObjectStore store, RepositorySecret secret, NameVisibility names = NameVisibility.Plain, bool onDemand = false) =>
        new(store, new Given(secret, onDemand), names, new FakeTimeProvider(SomeEpochs.Time));

    public static async Task<byte[]> ReadAsync(IObjectStore store, string name, long offset = 0, long? length = null)
    {
        await using var stream = await store.OpenReadAsync(name, offset, length);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }

    public static async Task<List<string>> ListAsync(IObjectStore store, string prefix)
    {
        var names = new List<string>();
        await foreach (var found in store.ListAsync(prefix))
            names.Add(found.Name);
        return names;
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public sealed class Given(RepositorySecret secret, bool onDemand) : ISecretSource
    {
        public int Reads { get; private set; }

        public bool IsOnDemand => onDemand;

        public Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken)
        {
            Reads++;
            return Task.FromResult(secret);
        }
    }
}
