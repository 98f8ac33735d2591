using System.Diagnostics;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

/// <summary>A script that was written from FORMAT.md, with Python's cryptography, decrypts what the program encrypts.</summary>
public sealed class WitnessTests
{
    internal static readonly string Script = ProjectTree.PathOf("tests", "KafkaBackup.Repository.Tests", "Encryption", "decrypt_repository.py");

    [Theory]
    [InlineData(NameVisibility.Plain, false)]
    [InlineData(NameVisibility.Hidden, true)]
    public async Task A_repository_is_decrypted_from_the_specification_alone(NameVisibility names, bool byPassphrase)
    {
        Assert.SkipUnless(HasPython(byPassphrase), "Debian's python3-cryptography or python3-argon2 is not installed");
        using var folder = new TestFolder();
        var plain = new MemoryObjectStore();
        await SomeRepository.FillAsync(plain);
        await AddExtrasAsync(plain);
        var key = RepositorySecret.OfKeyFile([.. Enumerable.Range(0, 40).Select(i => (byte)(i * 7))], "the key");
        var store = new FileSystemObjectStore(folder["repository"]);
        await SomeRepository.FillAsync(SomeKeys.Protect(store, key, names));
        var passphrase = SomeKeys.Passphrase("Größe, öfter");
        await SomeKeys.KeysOf(store).AddAsync(key, passphrase, "\",\"wrapped\":\"");
        await SomeKeys.KeysOf(store).RotateAsync(key, null, [passphrase]);
        await AddExtrasAsync(SomeKeys.Protect(store, key));
        await File.WriteAllBytesAsync(folder["secret"], byPassphrase ? SomeKeys.Text("Größe, öfter\r\nanother line") : [.. Enumerable.Range(0, 40).Select(i => (byte)(i * 7))]);

        await using var witness = ToolProcess.Start(
            "/usr/bin/python3", [Script, folder["repository"], folder["decrypted"], byPassphrase ? "--passphrase-file" : "--key-file", folder["secret"]]);

        Assert.True(await witness.WaitAsync() == 0, witness.Errors);
        Assert.Equal($"{plain.Objects.Count - 1} objects, 2 data keys", witness.Output.Trim());
        foreach (var (name, content) in plain.Objects.Where(o => o.Key != "repository.json"))
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(folder["decrypted"], name)));
    }

    /// <summary>Objects around the borders of chunks, and of restores.</summary>
    private static async Task AddExtrasAsync(IObjectStore store)
    {
        foreach (var length in new[] { 0, 1, 65535, 65536, 65537, 131072, 200_000 })
        {
            var content = new byte[length];
            new Random(length).NextBytes(content);
            await using var upload = await store.BeginUploadAsync($"topics/extra.topic-1/life-1/run-1/extra.topic-1-{length}/{length:D20}.log");
            await upload.WriteAsync(content);
            await upload.CommitAsync();
        }

        await store.CreateAsync("restores/r/maps/extra.topic-1-3.json", SomeKeys.Text("{}"));
        await store.CreateAsync("restores/r/producers/extra.topic-1-3.0.json", SomeKeys.Text("{}"));
        await store.CreateAsync("restores/r/report.json", SomeKeys.Text("{}"));
    }

    internal static bool HasPython(bool byPassphrase)
    {
        if (!File.Exists("/usr/bin/python3"))
            return false;
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", byPassphrase ? "import cryptography, argon2" : "import cryptography"]) { RedirectStandardError = true })!;
        python.WaitForExit();
        return python.ExitCode == 0;
    }
}
