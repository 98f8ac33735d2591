using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing.Model;

namespace KafkaBackup.Durable.Tests.Model;

public sealed class MemoryModelTests : DurableTaskContract
{
    private readonly MemoryHistoryStore store = new();

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync() => store.DisposeAsync();

    protected override IHistoryStore NewStore() => store;
}
