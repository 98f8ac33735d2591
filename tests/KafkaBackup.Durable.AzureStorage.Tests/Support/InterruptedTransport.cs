using Azure.Core;
using Azure.Core.Pipeline;
using Request = Azure.Core.Request;

namespace KafkaBackup.Durable.AzureStorage.Tests.Support;

/// <summary>Carries requests to Azurite, and looks at each one before.</summary>
/// <param name="before">What to do before a request travels; it may wait, or throw.</param>
internal sealed class InterruptedTransport(Func<Request, Task> before) : HttpPipelineTransport
{
    private readonly HttpClientTransport inner = new();

    public override Request CreateRequest() => inner.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        await before(message.Request);
        await inner.ProcessAsync(message);
    }

    /// <summary>Lets so many transactions on histories through, and none after.</summary>
    public static InterruptedTransport CutOffAfter(int transactions)
    {
        var seen = 0;
        return new(request => IsTransaction(request) && Interlocked.Increment(ref seen) > transactions ? throw new IOException("the host is dead") : Task.CompletedTask);
    }

    /// <summary>Whether a request is an entity group transaction on histories.</summary>
    public static bool IsTransaction(Request request) =>
        request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal) && BodyOf(request).Contains("histories", StringComparison.Ordinal);

    private static string BodyOf(Request request)
    {
        using var body = new MemoryStream();
        request.Content!.WriteTo(body, default);
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }
}
