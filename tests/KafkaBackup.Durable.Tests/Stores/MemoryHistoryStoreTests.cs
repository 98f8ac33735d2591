using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing.Stores;

namespace KafkaBackup.Durable.Tests.Stores;

public sealed class MemoryHistoryStoreTests : HistoryStoreContract
{
    protected override IHistoryStore Store { get; } = new MemoryHistoryStore();

    public override async ValueTask InitializeAsync() => await Store.OpenAsync(default);

    public override ValueTask DisposeAsync() => Store.DisposeAsync();
}
