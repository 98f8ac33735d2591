using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing.Model;

namespace KafkaBackup.Durable.AzureStorage.Tests.Histories;

public sealed class AzureModelTests(SharedAzurite azurite) : DurableTaskContract
{
    private AzureState? state;

    public override ValueTask InitializeAsync()
    {
        state = new(azurite.NewState());
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override IHistoryStore NewStore() => new AzureHistoryStore(state!);
}
