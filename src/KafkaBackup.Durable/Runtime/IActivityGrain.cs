using Orleans.Concurrency;

namespace KafkaBackup.Durable.Runtime;

/// <summary>One call of an activity, on whichever host it was placed.</summary>
internal interface IActivityGrain : IGrainWithStringKey
{
    /// <summary>Runs it, unless it runs already.</summary>
    [OneWay]
    Task StartAsync(ActivityRequest request);

    /// <summary>Its result is of no interest any more.</summary>
    [OneWay]
    Task CancelAsync();
}
