using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>What is wrong before any cluster is asked: one line on standard error, the right exit code, and nothing left behind.</summary>
public sealed class UsageErrorTests : IDisposable
{
    // Nobody listens there, and a connection is refused at once.
    private const string Nobody = "127.0.0.1:1";

    /// <summary>No name of a host can be: a part has 63 letters at most. No name server is asked.</summary>
    private const string NoHost = "x234567890123456789012345678901234567890123456789012345678901234";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", 2, "Required command was not provided", "--help")]
    [InlineData("bakup", 2, "unknown command 'bakup'", "'backup'")]
    [InlineData("backup -b x:1 -r file:r --topicz a", 2, "unknown option '--topicz'", "'--topics'")]
    [InlineData("epochs -r file:r extra", 2, "unknown argument 'extra'", "--help")]
    [InlineData("backup -r file:r", 2, "'--bootstrap-server' is required", "--help")]
    [InlineData("backup -b x:1", 2, "'--repository' is required", "--help")]
    [InlineData("restore -b x:1", 2, "'--repository' is required", "--help")]
    [InlineData("backup -b x:1 -r file:r --segment-bytes 12Q", 2, "'12Q' is no number of bytes", "64M")]
    [InlineData("backup -b x:1 -r file:r --packed-segment-bytes -1", 2, "'-1' is no number of bytes", "64M")]
    [InlineData("backup -b x:1 -r file:r --pack-bytes 0", 2, "'0' is no number of bytes", "64M")]
    [InlineData("backup -b x:1 -r file:r --rate-limit 0", 2, "'0' is no number of bytes", "64M")]
    [InlineData("backup -b x:1 -r file:r --topics ~(", 2, "'~(' is no regular expression", "")]
    [InlineData("backup -b x:1 -r file:r --topics ,", 2, "--topics is empty", "")]
    [InlineData("backup -b x:1 -r file:r --kafka clientid=3", 2, "the Kafka property 'clientid'", "client.id")]
    [InlineData("backup -b x:1 -r file:r --kafka clientid", 2, "'clientid' is no KEY=VALUE", "")]
    [InlineData("backup -b x:1 -r file:r --kafka socket.timeout.ms=soon", 2, "socket.timeout.ms takes a whole number, not 'soon'", "")]
    [InlineData("backup -b x:1 -r file:r --command-config none.properties", 2, "there is no properties file", "none.properties")]
    [InlineData("backup -b x:1 -r file:r --config none.json", 2, "there is no configuration file", "none.json")]
    [InlineData("backup -b here -r file:r", 2, "there is no cluster connection 'here'", "HOST:PORT")]
    [InlineData("backup -b here:there -r file:r", 2, "'here:there' is no broker address", "HOST:PORT")]
    [InlineData("backup -b x:1 -r r", 2, "there is no repository connection 'r'", "file:PATH")]
    [InlineData("backup -b x:1 -r file:", 2, "has no path", "file:PATH")]
    [InlineData("backup -b x:1 -r https://example.test/r", 2, "not supported", "file:PATH, azure:CONTAINER[/PREFIX] or s3:BUCKET[/PREFIX]")]
    [InlineData("backup -b x:1 -r azure:", 2, "has no container", "azure:CONTAINER[/PREFIX]")]
    [InlineData("backup -b x:1 -r s3:", 2, "has no bucket", "s3:BUCKET[/PREFIX]")]
    [InlineData("backup -b x:1 -r azure:abc", 2, "it is not said how to reach the account", "AZURE_STORAGE_CONNECTION_STRING")]
    [InlineData("verify -r azure:abc/a//b", 2, "has a prefix that objects can't be named by", "folders of A-Z a-z 0-9 . _ -")]
    [InlineData("restore -b x:1 -r file:r --map a", 2, "'a' is no mapping", "OLD=NEW")]
    [InlineData("restore -b x:1 -r file:r --epoch first", 2, "'first' is no epoch's number", "")]
    [InlineData("restore -b x:1 -r file:r --as-of yesterday", 2, "'yesterday' is no time", "2026-01-31T12:00:00Z")]
    [InlineData("restore -b x:1 -r file:r --epoch 1 --as-of 2026-01-01T00:00:00Z", 2, "--epoch and --as-of", "one of them")]
    [InlineData("verify -r file:r --level deep", 2, "'deep' is no level", "quick or full")]
    [InlineData("backup -b x:1 -r file:r --host localhost", 2, "'localhost' is no http://HOST:PORT", "")]
    [InlineData("instances --host http://127.0.0.1:1", 1, "no service answers at http://127.0.0.1:1/", "'kafka-backup host'")]
    [InlineData("backup -b x:1 -r v --host http://127.0.0.1:1", 1, "no service answers at http://127.0.0.1:1/", "--host")]
    [InlineData("epochs -r file:r", 2, "/r: this is not a repository", "check the path")]
    [InlineData("epoch 1 -r file:r", 2, "/r: this is not a repository", "check the path")]
    [InlineData("export -r file:r", 2, "'--to' is required", "--help")]
    [InlineData("export -r file:r --to x", 2, "/r: this is not a repository", "check the path")]
    [InlineData("cat orders -r file:r", 2, "/r: this is not a repository", "check the path")]
    [InlineData("cat orders -r file:r --offset -1", 2, "'-1' is no number for --offset", "0 or more")]
    [InlineData("verify -r file:r --level full --subset 0%", 2, "'0%' is no share", "such as 5%")]
    [InlineData("verify -r file:r --subset 5%", 2, "--subset is for --level full", "")]
    [InlineData("verify -r file:r --level full --subset-ordinal 3", 2, "--subset-ordinal says which share --subset means", "give both")]
    [InlineData("verify -r file:r --parallel 0", 2, "'0' is no number for --parallel", "give 1 or more")]
    [InlineData("verify -r file:r", 2, "/r: this is not a repository", "check the path")]
    [InlineData("show nobody", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("history nobody", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("suspend nobody", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("resume nobody", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("terminate nobody --recursive", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("purge nobody", 6, "there is no instance 'nobody'", "'kafka-backup instances'")]
    [InlineData("purge", 2, "give an instance, or --older-than", "--help")]
    [InlineData("purge nobody --older-than 1h", 2, "one of the two", "--help")]
    [InlineData("purge nobody --dry-run", 2, "--status and --dry-run go with --older-than", "--help")]
    [InlineData("purge --older-than 30", 2, "'30' is no age", "30d")]
    [InlineData("purge --older-than 30d --status Running", 2, "'Running' is no status of what is over", "Completed, Failed, Terminated")]
    [InlineData("instances --top 0", 2, "'0' is no number of instances", "--help")]
    [InlineData("instances --status ended", 2, "'ended' is no status", "Running")]
    [InlineData("instances --since yesterday", 2, "'yesterday' is no time", "12h")]
    [InlineData("suspend", 2, "Required argument 'id' missing", "--help")]
    [InlineData("host --listen ftp://x", 2, "'ftp://x' is no http://ADDRESS:PORT", "")]
    [InlineData("broker --topic a:b", 2, "\"a:b\" is not NAME[:PARTITIONS", "")]
    [InlineData("broker --listen nowhere", 2, "'nowhere' is no ADDRESS:PORT", "")]
    public async Task A_wrong_command_line_is_told_in_one_line_and_leaves_nothing(string line, int exit, string what, string remedy)
    {
        var result = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        OneLine.Assert(result, exit, what, remedy);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("""{"KafkaBackup":{"Planz":{}}}""", "unknown configuration key 'KafkaBackup:Planz'", "'KafkaBackup:Plans'")]
    [InlineData("""{"KafkaBackup":{"Plans":{"p":{"Topic":"a"}}}}""", "'KafkaBackup:Plans:p:Topic'", "'KafkaBackup:Plans:p:Topics'")]
    [InlineData("""{"KafkaBackup":{"Plans":{"p":"daily"}}}""", "KafkaBackup:Plans:p is 'daily', where keys are wanted", "")]
    [InlineData("""{"KafkaBackup":{"Plans":{"p":{"Cluster":"a:1","Repository":"file:r","Schedule":"* * *"}}}}""", "'* * *' is no six-field NCRONTAB expression", "'0 */5 * * * *'")]
    [InlineData("""{"KafkaBackup":{"Plans":{"p":{"Cluster":"a:1","Repository":"file:r","Schedule":"0 0 0 31 2 *"}}}}""", "a day that never comes", "")]
    [InlineData("""{"KafkaBackup":{"Plans":{"p":{"Cluster":"a:1","Repository":"file:r","Schedule":"continuous","RateLimit":"fast"}}}}""", "KafkaBackup:Plans:p:RateLimit", "")]
    [InlineData("""{"KafkaBackup":{"Clusters":{"c":{"bootstrap.servers":"a:1","enable.idempotence":"true"}}}}""", "KafkaBackup:Clusters:c: the Kafka property 'enable.idempotence'", "known ones")]
    [InlineData("{", "Failed to load configuration from file", "LineNumber: 0")]
    public async Task A_wrong_configuration_is_told_in_one_line(string json, string what, string remedy)
    {
        await File.WriteAllTextAsync(_folder["wrong.json"], json);
        OneLine.Assert(await RunAsync("host", "--config", "wrong.json"), 2, what, remedy);
        Assert.Equal(["wrong.json"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("backup -b x:1 -r file:r")]
    [InlineData("restore -b x:1 -r file:r")]
    [InlineData("epochs -r file:r")]
    [InlineData("show x")]
    public async Task Every_command_refuses_a_wrong_local_settings_json(string line)
    {
        await File.WriteAllTextAsync(_folder["local.settings.json"], """{"Values":{"KafkaBackup:Reposito":"x"}}""");
        OneLine.Assert(await RunAsync(line.Split(' ')), 2, "unknown configuration key 'KafkaBackup:Reposito'", "'KafkaBackup:Repositories'");
    }

    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData(NoHost + ":9092")]
    public async Task A_cluster_that_is_not_there_is_told_with_the_remedy_and_no_repository_is_made(string address)
    {
        var backup = await RunAsync("backup", "-b", address, "-r", "file:vault", "--json");
        OneLine.Assert(backup, 1, $"{address}: can't connect", "check that the broker runs, and that its address (--bootstrap-server");
        Assert.False(Directory.Exists(_folder["vault"]));
    }

    [Fact]
    public async Task Two_commands_with_one_state_folder_are_kept_apart()
    {
        await using var service = KafkaBackupCli.Start(_folder.Path, "host", "--listen", "http://127.0.0.1:0", "--state", "state");
        service.WaitForLine("listens on");
        var backup = await RunAsync("backup", "-b", Nobody, "-r", "file:vault", "--state", "state");
        var second = await RunAsync("host", "--listen", "http://127.0.0.1:0", "--state", "state");
        OneLine.Assert(backup, 5, $"in use by process {service.Id}", "use another state folder");
        OneLine.Assert(second, 5, $"in use by process {service.Id}", "use another state folder");
        Assert.Equal(0, await service.TerminateAsync());
    }

    [Fact]
    public async Task Every_option_and_argument_of_every_command_says_what_it_is_and_what_holds_without_it()
    {
        var root = (await RunAsync("--help")).Output;
        var commands = root[root.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n').Skip(1).Select(l => l.Trim().Split(' ')[0]).Where(c => c.Length > 0).ToList();
        Assert.Contains("backup", commands);
        foreach (var command in commands)
        {
            var help = await RunAsync(command, "--help");
            var options = help.Output[help.Output.IndexOf("Options:", StringComparison.Ordinal)..].Split('\n').Where(l => l.StartsWith("  -", StringComparison.Ordinal)).ToList();
            Assert.Equal((0, ""), (help.Exit, help.Errors));
            foreach (var option in options.Where(o => !o.Contains("-?", StringComparison.Ordinal)))
            {
                var description = option.Trim().Split("  ", 2, StringSplitOptions.TrimEntries);
                Assert.True(description.Length == 2 && description[1].Length > 10, $"{command}: {option} has no description");
                Assert.True(
                    ((string[])["(REQUIRED)", "[default:", "default", "left out"]).Any(word => option.Contains(word, StringComparison.Ordinal)),
                    $"{command}: {option} does not say what holds without it");
            }
        }
    }

    private Task<CliResult> RunAsync(params string[] arguments) => KafkaBackupCli.RunAsync(_folder.Path, arguments);
}
