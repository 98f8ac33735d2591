using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>KafkaJS, a client written from the protocol alone. The scripts lie in KafkaJs, the client itself is installed by tools/test into tools/kafkajs.</summary>
public sealed class KafkaJsTests
{
    [Fact]
    public async Task It_administrates_topics_configurations_records_groups_and_offsets()
    {
        await using var broker = TestBroker.Start();
        Assert.Equal("administrated\n", await RunAsync("admin.js", broker));
        Assert.Empty(broker.Log.Warnings);
    }

    [Theory]
    [InlineData("None", "plain")]
    [InlineData("None", "idempotent")]
    [InlineData("GZIP", "plain")]
    [InlineData("GZIP", "idempotent")]
    public async Task Its_records_come_back_with_keys_headers_nulls_and_times(string codec, string kind)
    {
        await using var broker = TestBroker.Start("js:2", "other");
        Assert.Equal("read 302\n", await RunAsync("produce.js", broker, codec, kind));
        Protocol.Records.BatchHeader.TryRead(await File.ReadAllBytesAsync(Path.Combine(broker.Folder, "js-0", $"{0:D20}.log")), out var header);
        Assert.Equal(codec, header.Compression.ToString(), ignoreCase: true);
        Assert.Equal(kind == "idempotent", header.ProducerId >= 0);
        Assert.Empty(broker.Log.Warnings);
    }

    [Fact]
    public async Task Its_transactions_are_committed_aborted_and_fenced()
    {
        await using var broker = TestBroker.Start("js");
        Assert.Equal("committed 4\n", await RunAsync("transactions.js", broker));
        Assert.Empty(broker.Log.Warnings);
    }

    [Fact]
    public async Task Its_group_members_share_the_partitions_and_take_over_from_each_other()
    {
        await using var broker = TestBroker.Start("js:4");
        Assert.Equal("shared 80\n", await RunAsync("groups.js", broker));
        Assert.Empty(broker.Log.Warnings);
    }

    [Fact]
    public async Task It_creates_lists_and_deletes_access_control_entries()
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer" },
        });
        Assert.Equal("listed\n", await RunAsync("acls.js", broker));
    }

    private static Task<string> RunAsync(string script, TestBroker broker, params string[] arguments)
    {
        var modules = ProjectTree.PathOf("tools", "kafkajs", "node_modules");
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "kafkajs")), "KafkaJS is not installed: tools/test does that where npm is there");
        var path = ProjectTree.PathOf("tests", "KafkaBackup.Broker.Tests", "Clients", "KafkaJs", script);
        return Tool.RunAsync("env", [$"NODE_PATH={modules}", "KAFKAJS_NO_PARTITIONER_WARNING=1", "node", path, broker.Bootstrap, .. arguments]);
    }
}
