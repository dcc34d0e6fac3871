import java.util.Objects;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.CasesApi;
import org.openapitools.client.model.CasePart;

/** Reads a case with the client that openapi-generator makes of the specification: java ReadCase URL SLUG. */
class ReadCase {
    public static void main(String[] arguments) throws Exception {
        var client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        // A whole case is also all that a part of one can be, and the generated code tries the parts first.
        CasePart found = new CasesApi(client).getCase(arguments[1], null, null, null, null, null, null, null, null).getCasePart();
        System.out.printf(
            "{\"id\": \"%s\", \"name\": \"%s\", \"status\": \"%s\", \"roles\": %d, \"earliest\": \"%s\"}%n",
            found.getId(),
            Objects.requireNonNull(found.getName()).get("en"),
            found.getStatus(),
            Objects.requireNonNull(found.getActors()).size(),
            Objects.requireNonNull(found.getPeriod()).getEarliest());
    }
}
