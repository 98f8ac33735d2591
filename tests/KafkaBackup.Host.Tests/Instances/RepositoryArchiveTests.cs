using CsCheck;
using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Connections;
using Xunit;

namespace KafkaBackup.Host.Tests.Instances;

public sealed class RepositoryArchiveTests
{
    private static readonly DateTimeOffset Time = new(2026, 5, 4, 10, 20, 30, TimeSpan.FromHours(2));
    private readonly MemoryObjectStore _store = new();

    [Theory]
    [InlineData("backup-0b53dced5836-1", "histories/backup-0b53dced5836-1/20260504T0820300000000Z.json")]
    [InlineData("p:0:1", "histories/p_3A0_3A1/20260504T0820300000000Z.json")]
    [InlineData("..", "histories/_2E_2E/20260504T0820300000000Z.json")]
    [InlineData("a_b/ä", "histories/a_5Fb_2F_C3_A4/20260504T0820300000000Z.json")]
    public void The_name_is_as_the_format_says(string id, string name) => Assert.Equal(name, RepositoryArchive.NameOf(Recorded(id)));

    [Fact]
    public void Every_id_has_a_name_of_its_own_that_a_store_takes() => Gen.String[Gen.Char, 1, 200].Where(id => !id.Any(char.IsSurrogate)).Array[2, 10].Sample(ids =>
    {
        var names = ids.Distinct().Select(id => ObjectName.Check(RepositoryArchive.NameOf(Recorded(id)))).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.All(name.Split('/'), part => Assert.InRange(part.Length, 1, 200)));
    }, iter: 200);

    [Fact]
    public async Task A_history_is_kept_in_a_repository_that_is_made_and_kept_again_it_stays_as_it_is()
    {
        var archive = Archive();
        Assert.True(await archive.KeepAsync(Recorded("a"), default));
        Assert.True(await archive.KeepAsync(Recorded("a"), default));
        await BackupRepository.OpenAsync(_store);
        var kept = RecordedHistory.Read(await ReadAsync(RepositoryArchive.NameOf(Recorded("a"))));
        Assert.Equal(("a", 1, Time.ToUniversalTime()), (kept.InstanceId, kept.Events.Count, kept.CreatedAt));
    }

    [Fact]
    public async Task One_that_another_version_wrote_otherwise_counts_and_another_history_under_the_name_is_an_error()
    {
        var archive = Archive();
        await archive.KeepAsync(Recorded("b"), default);
        var compact = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(Recorded("a").Write()).Replace("\n", "").Replace("  ", ""));
        await _store.CreateAsync(RepositoryArchive.NameOf(Recorded("a")), compact);
        Assert.True(await archive.KeepAsync(Recorded("a"), default));
        await Assert.ThrowsAsync<ObjectConflictException>(() => archive.KeepAsync(Recorded("a") with { Events = [] }, default));
        Assert.Equal(compact, await ReadAsync(RepositoryArchive.NameOf(Recorded("a"))));
    }

    private async Task<byte[]> ReadAsync(string name)
    {
        await using var stream = await _store.OpenReadAsync(name);
        var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }

    private static RecordedHistory Recorded(string id) => new()
    {
        InstanceId = id, Name = "BackupEpoch", Status = OrchestrationRuntimeStatus.Completed, CreatedAt = Time.ToUniversalTime(), LastUpdatedAt = Time.ToUniversalTime(),
        Events = [new() { Type = HistoryEventType.ExecutionStarted, Name = "BackupEpoch", Timestamp = Time.ToUniversalTime() }],
    };

    private RepositoryArchive Archive() => new("vault", new OneStore(_store), TimeProvider.System, new RandomIdentities());

    private sealed class OneStore(IObjectStore store) : IConnections
    {
        public ClusterConnection Cluster(string name) => throw new NotSupportedException();

        public IObjectStore Repository(string name) => name == "vault" ? store : throw new ConnectionNotFoundException(name);
    }
}
