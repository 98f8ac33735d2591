using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing.Model;
using KafkaBackup.Durable.Tests.Support;

namespace KafkaBackup.Durable.Tests.Model;

public sealed class SqliteModelTests : DurableTaskContract
{
    private readonly TemporaryFolder folder = new();

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override IHistoryStore NewStore() => new SqliteHistoryStore(Path.Combine(folder.Path, "history.db"));
}
