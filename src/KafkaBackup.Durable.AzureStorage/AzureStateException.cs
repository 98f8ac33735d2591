using Azure;
using Azure.Identity;

namespace KafkaBackup.Durable.AzureStorage;

/// <summary>Azure Storage has not done what it was asked for. It may help to ask again. The message holds no secret.</summary>
public sealed class AzureStateException : IOException
{
    private AzureStateException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Says in one line what went wrong and where.</summary>
    /// <param name="endpoint">Where; its query, which may hold a signature, is left out.</param>
    /// <param name="failure">What the client threw.</param>
    internal static AzureStateException Of(Uri endpoint, Exception failure) =>
        new($"Azure Storage at {endpoint.GetLeftPart(UriPartial.Path)} failed: {Describe(failure)}", failure);

    /// <summary>Whether the client throws such a thing when the service fails.</summary>
    internal static bool IsOne(Exception failure) => failure switch
    {
        // After several attempts: in there, a cancellation is an answer that did not come in time.
        AggregateException { InnerExceptions: [.., var last] } => last is OperationCanceledException || IsOne(last),
        RequestFailedException or AuthenticationFailedException or TimeoutException => true,
        _ => failure is IOException and not AzureStateException,
    };

    private static string Describe(Exception failure) => failure switch
    {
        // Each attempt says the same.
        AggregateException attempts => Describe(attempts.InnerExceptions[^1]),
        AuthenticationFailedException none => $"no identity: {FirstLine(none.Message)}",
        RequestFailedException { Status: 0 } unreachable => FirstLine(unreachable.Message),
        RequestFailedException refused => $"{$"{refused.Status} {refused.ErrorCode}".TrimEnd()}: {FirstLine(refused.Message)}",
        OperationCanceledException => "no answer in time",
        _ => FirstLine(failure.Message),
    };

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd('\r');
}
