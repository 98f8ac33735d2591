using System.CommandLine;
using KafkaBackup.Cli.Commands;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Cli.Tests;

/// <summary>What the options of secrets and the commands of keys do, in this process; whole commands are tested end to end.</summary>
public sealed class KeyCommandTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();

    private string Repository => $"file:{folder["repository"]}";

    public async ValueTask InitializeAsync()
    {
        foreach (var (name, first) in new[] { ("safe.key", (byte)1), ("foreign.key", (byte)2), ("new.key", (byte)3) })
            await File.WriteAllBytesAsync(folder[name], [.. Enumerable.Repeat(first, 32)]);
        await File.WriteAllTextAsync(folder["short.key"], "short");
        await File.WriteAllTextAsync(folder["empty.txt"], "\nsecond line\n");
        await MakeAsync("repository", new KeyFile(folder["safe.key"]));
        await BackupRepository.OpenOrCreateAsync(new FileSystemObjectStore(folder["plain"]), TimeProvider.System, Guid.NewGuid());
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("--key-file foreign.key", "foreign.key opens none of the repository's 1 keys", "key list")]
    [InlineData("--passphrase-variable KAFKA_BACKUP_NOT_SET", "KAFKA_BACKUP_NOT_SET", "is not set")]
    [InlineData("--key-file absent.key", "absent.key", "can't be read")]
    [InlineData("--key-file short.key", "short.key has 5 bytes", "key generate")]
    [InlineData("--passphrase-file empty.txt", "empty.txt is empty", "")]
    [InlineData("--passphrase-file absent.txt", "absent.txt", "can't be read")]
    public async Task A_secret_that_is_wrong_or_missing_is_named(string options, string what, string remedy)
    {
        var error = await ErrorAsync(VerifyCommand.Create(), $"-r {Repository} {options}");

        Assert.Equal(ExitCode.WrongUsage, error.Exit);
        Assert.Contains(what, error.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list -r file:plain", ExitCode.WrongUsage, "is not encrypted")]
    [InlineData("list -r file:nothing", ExitCode.WrongUsage, "/nothing: this is not a repository")]
    [InlineData("add -r file:repository --key-file safe.key", ExitCode.WrongUsage, "--new-passphrase-file")]
    [InlineData("add -r file:plain --key-file safe.key --new-key-file new.key", ExitCode.WrongUsage, "is not encrypted")]
    [InlineData("add -r file:repository --new-key-file new.key", ExitCode.WrongUsage, "is encrypted; say where its secret is")]
    [InlineData("add -r file:repository --key-file foreign.key --new-key-file new.key", ExitCode.WrongUsage, "foreign.key opens none")]
    [InlineData("remove zz -r file:repository --key-file safe.key", ExitCode.NotFound, "there is no key 'zz'")]
    [InlineData("rotate -r file:repository --key-file foreign.key", ExitCode.WrongUsage, "foreign.key opens none")]
    [InlineData("rotate -r file:repository --key-file safe.key --other-key-file absent.key", ExitCode.WrongUsage, "absent.key")]
    [InlineData("generate safe.key", ExitCode.WrongUsage, "safe.key can't be made")]
    public async Task What_can_not_be_done_with_keys_is_told_and_changes_none(string line, ExitCode exit, string what)
    {
        var before = Directory.GetFiles(folder["repository/keys"]).Order();

        var error = await ErrorAsync(KeyCommand.Create(), line);

        Assert.Equal(exit, error.Exit);
        Assert.Contains(what, error.Detail, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(folder["repository/keys"]).Order());
    }

    [Fact]
    public async Task The_last_key_and_the_one_in_use_stay_and_a_rotation_needs_all_secrets()
    {
        var keys = new RepositoryKeys(new FileSystemObjectStore(folder["repository"]), TimeProvider.System);
        var first = (await keys.ListAsync()).Single().Id;
        Assert.Equal(ExitCode.Refused, (await ErrorAsync(KeyCommand.Create(), $"remove {first} -r file:repository --key-file safe.key")).Exit);

        await RunAsync(KeyCommand.Create(), "add -r file:repository --key-file safe.key --new-key-file new.key --label second");
        var second = (await keys.ListAsync()).Single(key => key.Label == "second").Id;
        var refusal = await ErrorAsync(KeyCommand.Create(), "rotate -r file:repository --key-file safe.key");
        Assert.Equal(ExitCode.Refused, refusal.Exit);
        Assert.Contains($"{second} (second)", refusal.Detail, StringComparison.Ordinal);

        await RunAsync(KeyCommand.Create(), "rotate -r file:repository --key-file safe.key --other-key-file new.key");
        Assert.All(await keys.ListAsync(), key => Assert.Equal(2, key.DataKeys));
        var old = (await keys.ListAsync()).Single(key => key.Label == "first").Id;
        await RunAsync(KeyCommand.Create(), $"remove {old.ToString()[..13]} -r file:repository --key-file new.key");
        Assert.Equal("second", (await keys.ListAsync()).Single().Label);
        Assert.Equal(ExitCode.WrongUsage, (await ErrorAsync(VerifyCommand.Create(), "-r file:repository --key-file safe.key")).Exit);
    }

    [Fact]
    public async Task A_key_file_is_made_for_its_owner_alone()
    {
        await RunAsync(KeyCommand.Create(), "generate made.key");

        Assert.Equal(32, new FileInfo(folder["made.key"]).Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["made.key"]));
    }

    [Fact]
    public async Task A_repository_that_is_there_is_not_made_again_and_hidden_names_want_a_secret()
    {
        Assert.Equal(5, await RunAsync(InitCommand.Create(), "-r file:repository --key-file safe.key"));
        Assert.Equal(5, await RunAsync(InitCommand.Create(), "-r file:plain"));
        Assert.Equal(2, await RunAsync(InitCommand.Create(), "-r file:new --hide-topic-names"));
        Assert.False(Directory.Exists(folder["new"]));
        Assert.Equal(0, await RunAsync(InitCommand.Create(), "-r file:new --hide-topic-names --key-file safe.key"));
        Assert.Contains("\"names\":\"hidden\"", await File.ReadAllTextAsync(folder["new/repository.json"]), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(InitCommand.Create(), "-r file:other"));
        Assert.False(Directory.Exists(folder["other/keys"]));
    }

    [Theory]
    [InlineData("--passphrase-file a --key-file b")]
    [InlineData("--passphrase-variable a --passphrase-file b")]
    public void One_secret_is_given(string options)
    {
        var parsed = VerifyCommand.Create().Parse($"-r file:x {options}");

        Assert.Contains("more than one secret", Assert.Single(parsed.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_option_takes_a_secret_and_none_is_sent_to_a_service()
    {
        var sent = BackupCommand.Create().Parse("-b c -r r --host http://127.0.0.1:1 --key-file x");

        Assert.Contains("--host", Assert.Single(sent.Errors).Message, StringComparison.Ordinal);
        var options = new[] { KeyCommand.Create(), BackupCommand.Create(), RestoreCommand.Create(), VerifyCommand.Create(), InitCommand.Create() }
            .SelectMany(command => command.Options.Concat(command.Subcommands.SelectMany(c => c.Options))).Select(option => option.Name).ToList();
        Assert.Contains("--passphrase-file", options);
        Assert.DoesNotContain(options, name => name.EndsWith("passphrase", StringComparison.Ordinal) || name.EndsWith("password", StringComparison.Ordinal) || name.EndsWith("-key", StringComparison.Ordinal));
    }

    [Fact]
    public void A_nested_command_is_named_whole_in_a_usage_error() => Assert.Contains(
        "'kafka-backup key add --help'", UsageError.Describe(new RootCommand { KeyCommand.Create() }.Parse("key add --labl x")), StringComparison.Ordinal);

    private Task<BackupRepository> MakeAsync(string name, ISecretSource secret) => BackupRepository.OpenOrCreateAsync(
        new ProtectedObjectStore(new FileSystemObjectStore(folder[name]), secret, NameVisibility.Plain, TimeProvider.System), TimeProvider.System, Guid.NewGuid());

    /// <summary>Runs a command whose files are in the test's folder.</summary>
    private Task<int> RunAsync(Command command, string line) => command
        .Parse(line.Split(' ').Select(word => word.StartsWith("file:", StringComparison.Ordinal) && !Path.IsPathRooted(word[5..]) ? $"file:{folder[word[5..]]}"
            : word.EndsWith(".key", StringComparison.Ordinal) || word.EndsWith(".txt", StringComparison.Ordinal) ? folder[word] : word).ToArray())
        .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

    private async Task<ErrorReport> ErrorAsync(Command command, string line)
    {
        try
        {
            throw new InvalidOperationException($"'{line}' came to its end with {await RunAsync(command, line)}");
        }
        catch (Exception e) when (e is not InvalidOperationException)
        {
            return ErrorTable.Of(e);
        }
    }
}
