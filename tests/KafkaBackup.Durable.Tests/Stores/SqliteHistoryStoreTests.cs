using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing.Stores;
using KafkaBackup.Durable.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit;

namespace KafkaBackup.Durable.Tests.Stores;

public sealed class SqliteHistoryStoreTests : HistoryStoreContract
{
    private readonly TemporaryFolder folder = new();
    private readonly SqliteHistoryStore store;

    public SqliteHistoryStoreTests() => store = new(Path.Combine(folder.Path, "state", "history.db"));

    protected override IHistoryStore Store => store;

    private string DatabasePath => Path.Combine(folder.Path, "state", "history.db");

    public override async ValueTask InitializeAsync() => await store.OpenAsync(default);

    public override async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_was_committed_is_there_after_closing_and_opening()
    {
        await Create("a", Event("1"));
        await store.DisposeAsync();

        await using var again = new SqliteHistoryStore(DatabasePath);
        await again.OpenAsync(default);

        Assert.Equal("1", Assert.Single((await again.LoadAsync("a", default))!.History).Name);
    }

    [Fact]
    public async Task A_folder_in_use_is_refused_with_the_name_of_the_folder_and_of_its_owner()
    {
        await using var second = new SqliteHistoryStore(DatabasePath);

        var refused = await Assert.ThrowsAsync<StateFolderInUseException>(() => second.OpenAsync(default));

        Assert.Contains(Path.GetDirectoryName(DatabasePath)!, refused.Message);
        Assert.Contains($"process {Environment.ProcessId}", refused.Message);
    }

    [Fact]
    public async Task A_commit_that_fails_takes_no_other_in_its_group_with_it()
    {
        var row = await Create("a", Event("1"));
        var broken = new HistoryCommit(row, row with { Length = 1 }, [Event("in the place of another")]);

        var commits = Enumerable.Range(0, 50).Select(i => Create($"good-{i}", Event($"{i}"))).ToList();
        var failing = store.CommitAsync(broken);
        commits.AddRange(Enumerable.Range(50, 50).Select(i => Create($"good-{i}", Event($"{i}"))));

        await Assert.ThrowsAsync<SqliteException>(() => failing);
        await Task.WhenAll(commits);
        Assert.Equal(row, await store.FindAsync("a", default));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Create("a"));
    }

    [Fact]
    public async Task A_file_of_a_later_format_is_refused()
    {
        await store.DisposeAsync();
        Execute("PRAGMA user_version = 99");
        await using var again = new SqliteHistoryStore(DatabasePath);

        await Assert.ThrowsAsync<InvalidDataException>(() => again.OpenAsync(default));
        await Assert.ThrowsAsync<InvalidDataException>(() => HistoryReader.OpenSqliteAsync(DatabasePath, default));
    }

    [Fact]
    public async Task A_file_of_version_1_is_read_as_it_is_and_brought_up_to_date_by_its_next_host()
    {
        var row = await Create("a", Event("1"), Event("2"));
        await store.DisposeAsync();
        Execute("ALTER TABLE instances DROP COLUMN task_version; ALTER TABLE instances DROP COLUMN tags; ALTER TABLE instances DROP COLUMN requested_by; PRAGMA user_version = 1");

        await using (var reader = await HistoryReader.OpenSqliteAsync(DatabasePath, default))
            Assert.Equal(2, (await reader.GetHistoryAsync("a", default)).Count);
        await using var again = new SqliteHistoryStore(DatabasePath);
        await again.OpenAsync(default);

        Assert.Equal(row, await again.FindAsync("a", default));
        var next = await again.CommitAsync(new(row, row with { Length = 3, TaskVersion = "2" }, [Event("3")]));
        Assert.Equal(("2", 3), (next.TaskVersion, (await again.LoadAsync("a", default))!.History.Count));
    }

    [Fact]
    public async Task Commits_go_through_a_write_ahead_log()
    {
        await Create("a");
        await using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";

        Assert.Equal("wal", command.ExecuteScalar());
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
