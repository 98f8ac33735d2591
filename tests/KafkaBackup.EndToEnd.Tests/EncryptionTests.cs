using System.Text;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Encrypted repositories, as operators use them.</summary>
public sealed class EncryptionTests : IAsyncLifetime
{
    private const string Passphrase = "Zwölf Boxkämpfer jagen Viktor";
    private const int Records = 400;

    private TwoClusters clusters = null!;

    public async ValueTask InitializeAsync()
    {
        clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "confidential", 2);
        Topics.Produce(clusters.Source.Address, "confidential", 2, 0, Records);
    }

    public ValueTask DisposeAsync() => clusters.DisposeAsync();

    [Fact]
    public async Task A_backup_goes_into_an_encrypted_repository_and_comes_back_and_nothing_in_it_or_about_it_can_be_read()
    {
        await OkAsync("key", "generate", "safe.key");
        await OkAsync("init", "-r", Repository, "--key-file", "safe.key", "--hide-topic-names");
        await OkAsync("backup", "-b", clusters.Source.Address, "-r", Repository, "--key-file", "safe.key", "--segment-bytes", "16K");
        await OkAsync("key", "add", "-r", Repository, "--key-file", "safe.key", "--new-passphrase-variable", "VAULT_PASSPHRASE", "--label", "daily");
        await OkAsync("key", "rotate", "-r", Repository, "--key-file", "safe.key", "--other-passphrase-variable", "VAULT_PASSPHRASE");
        Topics.Produce(clusters.Source.Address, "confidential", 2, Records, 100);
        var backup = await OkAsync("backup", "-b", clusters.Source.Address, "-r", Repository, "--passphrase-variable", "VAULT_PASSPHRASE", "--verbose");

        var verify = await OkAsync("verify", "-r", Repository, "--level", "full", "--key-file", "safe.key");
        Assert.StartsWith("sound: 2 epochs", verify.Output, StringComparison.Ordinal);
        var restore = await OkAsync("restore", "-b", clusters.Target.Address, "-r", Repository, "--key-file", "safe.key", "--verbose");
        for (var partition = 0; partition < 2; partition++)
            Assert.Equal(Witness.ReadAll(clusters.Source.Address, "confidential", partition), Witness.ReadAll(clusters.Target.Address, "confidential", partition));

        var stored = string.Join('\n', Directory.GetFiles(clusters.Repository, "*", SearchOption.AllDirectories).Select(f => $"{f} {Read(f)}"));
        Assert.DoesNotContain("confidential", stored, StringComparison.Ordinal);
        var told = $"{backup.Output}{backup.Errors}{restore.Output}{restore.Errors}{string.Join('\n', Directory.GetFiles(Path.Combine(clusters.Folder, ".kafka-backup"), "*", SearchOption.AllDirectories).Select(Read))}";
        Assert.Contains("confidential", told, StringComparison.Ordinal);
        foreach (var secret in (string[])[Passphrase, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Passphrase)), "Boxk", Read(Path.Combine(clusters.Folder, "safe.key"))])
            Assert.DoesNotContain(secret, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_secret_or_with_what_it_decrypts_is_one_line_that_names_it()
    {
        await MakeKeyAsync("safe.key");
        await MakeKeyAsync("foreign.key");
        await OkAsync("backup", "-b", clusters.Source.Address, "-r", Repository, "--key-file", "safe.key");
        OneLine.Assert(await RunAsync("epochs", "-r", Repository), 2, "is encrypted", "--key-file");
        OneLine.Assert(await RunAsync("backup", "-b", clusters.Source.Address, "-r", Repository), 2, "is encrypted", "--key-file");
        OneLine.Assert(
            await RunAsync("restore", "-b", clusters.Target.Address, "-r", Repository, "--key-file", "foreign.key"),
            2, "the key file foreign.key opens none of the repository's 1 keys", "key list");
        Assert.DoesNotContain("Restore", (await OkAsync("instances")).Output, StringComparison.Ordinal);

        // Swapped, cut off, a bit flipped.
        var segments = Directory.GetFiles(Path.Combine(clusters.Repository, "packs"), "0*", SearchOption.AllDirectories);
        var (one, two) = (await File.ReadAllBytesAsync(segments[0]), await File.ReadAllBytesAsync(segments[1]));
        await File.WriteAllBytesAsync(segments[0], two);
        await DamagedAsync(segments[0]);
        await File.WriteAllBytesAsync(segments[0], one[..^1]);
        await DamagedAsync(segments[0]);
        await File.WriteAllBytesAsync(segments[0], [.. one[..60], (byte)(one[60] ^ 4), .. one[61..]]);
        await DamagedAsync(segments[0]);
        OneLine.Assert(
            await RunAsync("restore", "-b", clusters.Target.Address, "-r", Repository, "--key-file", "safe.key"), 1, Path.GetRelativePath(clusters.Repository, segments[0]), "");
    }

    [Fact]
    public async Task Killed_in_mid_rotation_the_old_key_or_the_new_one_opens_the_repository()
    {
        await MakeKeyAsync("k0.key");
        await OkAsync("backup", "-b", clusters.Source.Address, "-r", Repository, "--key-file", "k0.key");
        var keys = Path.Combine(clusters.Repository, "keys");
        var random = new Random(TestSize.Seed);
        var (current, atWork, outcomes) = ("k0.key", 0, new Dictionary<string, int>());
        for (var kill = 0; kill < TestSize.Of(2, 60); kill++)
        {
            var next = $"k{kill + 1}.key";
            await MakeKeyAsync(next);
            var before = Names(keys);
            await using (var rotation = Start("key", "rotate", "-r", Repository, "--key-file", current, "--new-key-file", next))
            {
                // At the first sign of a write, of a file that is not finished too, or a moment later.
                var end = DateTime.UtcNow + TimeSpan.FromMinutes(1);
                while (!rotation.HasExited && Names(keys).SetEquals(before) && DateTime.UtcNow < end)
                    Thread.SpinWait(200);
                Thread.SpinWait(random.Next(200_000));
                atWork += rotation.HasExited ? 0 : 1;
                await rotation.KillAsync();
            }

            var opened = new List<string>();
            foreach (var key in (string[])[current, next])
            {
                var verify = await RunAsync("verify", "-r", Repository, "--level", "full", "--key-file", key);
                Assert.Contains(verify.Exit, (int[])[0, 2]);
                if (verify.Exit == 0)
                    opened.Add(key);
            }

            Assert.NotEmpty(opened);
            var outcome = opened.Count == 2 ? "both" : opened[0] == current ? "old" : "new";
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            await OkAsync("key", "rotate", "-r", Repository, "--key-file", opened[0], "--new-key-file", next);
            current = next;
            Assert.Single(Directory.GetFiles(keys));
        }

        Figures.Print($"rotations killed: seed {TestSize.Seed}, {atWork} at work; opened by {string.Join(", ", outcomes.Select(o => $"{o.Key}: {o.Value}"))}");
    }

    [Fact]
    public async Task A_connection_of_the_configuration_names_where_its_secret_is()
    {
        await File.WriteAllTextAsync(At("passphrase.txt"), Passphrase + "\n");
        await File.WriteAllTextAsync(
            At("appsettings.json"),
            """{"KafkaBackup":{"Repositories":{"vault":{"Location":"file:repository","PassphraseFile":"passphrase.txt","HideTopicNames":true}}}}""");

        await OkAsync("backup", "-b", clusters.Source.Address, "-r", "vault");
        var verify = await OkAsync("verify", "-r", "vault", "--level", "full");

        Assert.StartsWith("sound: 1 epochs", verify.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(clusters.Repository, "*", SearchOption.AllDirectories), f => f.Contains("confidential", StringComparison.Ordinal));
        var list = await OkAsync("key", "list", "-r", "vault");
        Assert.Contains("passphrase", list.Output, StringComparison.Ordinal);
    }

    private Task MakeKeyAsync(string name) => File.WriteAllBytesAsync(At(name), System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private string Repository => $"file:{clusters.Repository}";

    private string At(string name) => Path.Combine(clusters.Folder, name);

    private static HashSet<string> Names(string folder) => [.. Directory.GetFiles(folder, "*", new EnumerationOptions { AttributesToSkip = 0 })];

    private static string Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private async Task DamagedAsync(string segment)
    {
        var name = Path.GetRelativePath(clusters.Repository, segment);
        OneLine.Assert(await RunAsync("verify", "-r", Repository, "--level", "full", "--key-file", "safe.key"), 4, name, "");
    }

    private ToolProcess Start(params string[] arguments) => ToolProcess.Start(
        "dotnet", [KafkaBackupCli.Program, .. arguments], clusters.Folder, new Dictionary<string, string> { ["VAULT_PASSPHRASE"] = Passphrase });

    private async Task<CliResult> RunAsync(params string[] arguments)
    {
        await using var process = Start(arguments);
        var exit = await process.WaitAsync();
        return new CliResult(exit, process.Output, process.Errors);
    }

    private async Task<CliResult> OkAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.Exit == 0, $"{string.Join(' ', arguments)}: {result.Errors}");
        return result;
    }
}
