using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

/// <summary>The golden repository of version 1, encrypted: with hidden names, two keys, and a rotation between its epochs. It is never written again.</summary>
public sealed class EncryptedGoldenTests
{
    private static readonly string Golden = ProjectTree.PathOf("tests", "KafkaBackup.Repository.Tests", "Golden", "encrypted-1");
    private static readonly string Folder = Path.Combine(Golden, "repository");

    public static TheoryData<string> Secrets => ["golden.key", "passphrase.txt"];

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task It_is_sound_and_holds_the_golden_repository(string secret)
    {
        var path = Path.Combine(Golden, secret);
        var store = new ProtectedObjectStore(
            new FileSystemObjectStore(Folder), secret == "golden.key" ? new KeyFile(path) : new PassphraseFile(path), NameVisibility.Plain, TimeProvider.System);

        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
        var plain = PlainObjects();
        Assert.Equal(plain.Keys.Order(StringComparer.Ordinal), (await SomeKeys.ListAsync(store, "")).Where(IsEncrypted));
        foreach (var (name, content) in plain)
            Assert.Equal(content, await SomeKeys.ReadAsync(store, name));
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task It_is_decrypted_from_the_specification_alone(string secret)
    {
        Assert.SkipUnless(WitnessTests.HasPython(secret != "golden.key"), "Debian's python3-cryptography or python3-argon2 is not installed");
        using var folder = new TestFolder();

        await using var witness = ToolProcess.Start(
            "/usr/bin/python3", [WitnessTests.Script, Folder, folder.Path, secret == "golden.key" ? "--key-file" : "--passphrase-file", Path.Combine(Golden, secret)]);

        Assert.True(await witness.WaitAsync() == 0, witness.Errors);
        Assert.Equal($"{PlainObjects().Count} objects, 2 data keys", witness.Output.Trim());
        foreach (var (name, content) in PlainObjects())
            Assert.Equal(content, await File.ReadAllBytesAsync(folder[name]));
    }

    private static bool IsEncrypted(string name) => name != "repository.json" && !name.StartsWith("keys/", StringComparison.Ordinal);

    private static Dictionary<string, byte[]> PlainObjects() => Directory.GetFiles(GoldenRepository.Folder, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(GoldenRepository.Folder, file).Replace('\\', '/'), File.ReadAllBytes)
        .Where(o => IsEncrypted(o.Key)).ToDictionary();
}
